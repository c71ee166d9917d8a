@NullMarked
package io.pgwatch.micrometer;

import org.jspecify.annotations.NullMarked;
