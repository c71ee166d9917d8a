/** What each built-in probe bases its verdict on; typed to the end. */
@NullMarked
package io.pgwatch.evidence;

import org.jspecify.annotations.NullMarked;
