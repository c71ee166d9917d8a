@NullMarked
package io.pgwatch.core.probes;

import org.jspecify.annotations.NullMarked;
