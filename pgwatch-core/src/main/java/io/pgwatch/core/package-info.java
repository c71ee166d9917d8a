@NullMarked
package io.pgwatch.core;

import org.jspecify.annotations.NullMarked;
