@NullMarked
package io.pgwatch.probe;

import org.jspecify.annotations.NullMarked;
