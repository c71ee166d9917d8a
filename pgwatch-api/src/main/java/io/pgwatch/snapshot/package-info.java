/** What was read from the server and from this process: facts, with no opinion on them. */
@NullMarked
package io.pgwatch.snapshot;

import org.jspecify.annotations.NullMarked;
