package io.pgwatch.core.jmx;

/** Holds the package open until its first type is here. */
interface Placeholder {}
