package io.pgwatch.core.probes;

/** Holds the package open until its first type is here. */
interface Placeholder {}
