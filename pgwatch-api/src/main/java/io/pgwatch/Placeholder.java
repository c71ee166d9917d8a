package io.pgwatch;

/** Holds the package open until its first type is here. */
interface Placeholder {}
