@NullMarked
package io.pgwatch.core.jmx;

import org.jspecify.annotations.NullMarked;
