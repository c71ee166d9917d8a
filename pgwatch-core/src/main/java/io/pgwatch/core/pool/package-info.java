/** What a client pool of this process is doing, told without SQL and without starting it. */
@NullMarked
package io.pgwatch.core.pool;

import org.jspecify.annotations.NullMarked;
