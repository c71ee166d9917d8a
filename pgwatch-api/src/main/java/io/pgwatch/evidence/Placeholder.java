package io.pgwatch.evidence;

/** Holds the package open until its first type is here. */
interface Placeholder {}
