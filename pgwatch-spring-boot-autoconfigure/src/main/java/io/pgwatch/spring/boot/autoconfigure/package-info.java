@NullMarked
package io.pgwatch.spring.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
