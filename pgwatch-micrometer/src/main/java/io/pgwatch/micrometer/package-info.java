/** The newest report as gauges. */
@NullMarked
package io.pgwatch.micrometer;

import org.jspecify.annotations.NullMarked;
