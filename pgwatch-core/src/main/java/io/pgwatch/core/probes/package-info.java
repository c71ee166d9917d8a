/** The built-in probes: what they judge, and from which thresholds on. */
@NullMarked
package io.pgwatch.core.probes;

import org.jspecify.annotations.NullMarked;
