@NullMarked
package io.pgwatch.core.pool;

import org.jspecify.annotations.NullMarked;
