@NullMarked
package io.pgwatch;

import org.jspecify.annotations.NullMarked;
