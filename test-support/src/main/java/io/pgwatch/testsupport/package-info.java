@NullMarked
package io.pgwatch.testsupport;

import org.jspecify.annotations.NullMarked;
