package io.pgwatch.core.pool;

/** Holds the package open until its first type is here. */
interface Placeholder {}
