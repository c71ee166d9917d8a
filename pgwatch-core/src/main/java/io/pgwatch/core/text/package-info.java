/** What others have chosen, as a line takes it. */
@NullMarked
package io.pgwatch.core.text;

import org.jspecify.annotations.NullMarked;
