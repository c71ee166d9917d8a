@NullMarked
package io.pgwatch.evidence;

import org.jspecify.annotations.NullMarked;
