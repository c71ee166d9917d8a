/** The watch of one database, and the reports that it makes. */
@NullMarked
package io.pgwatch;

import org.jspecify.annotations.NullMarked;
