@NullMarked
package io.pgwatch.snapshot;

import org.jspecify.annotations.NullMarked;
