/** The watch of one database: reading it, on its own thread and its own connection. */
@NullMarked
package io.pgwatch.core;

import org.jspecify.annotations.NullMarked;
