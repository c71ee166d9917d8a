package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.core.ConnectionTarget;
import java.util.Optional;

/** Where Boot was told that its auto-configured data source leads. */
@FunctionalInterface
interface DeclaredTarget {

    Optional<ConnectionTarget> target();
}
