package io.pgwatch.snapshot;

/** Holds the package open until its first type is here. */
interface Placeholder {}
