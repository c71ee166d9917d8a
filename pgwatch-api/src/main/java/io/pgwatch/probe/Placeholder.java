package io.pgwatch.probe;

/** Holds the package open until its first type is here. */
interface Placeholder {}
