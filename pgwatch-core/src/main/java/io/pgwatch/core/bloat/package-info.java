/** Reads a few pages of each table and replays what a rebuild would write. */
@NullMarked
package io.pgwatch.core.bloat;

import org.jspecify.annotations.NullMarked;
