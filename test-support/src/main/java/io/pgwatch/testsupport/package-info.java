/**
 * Real PostgreSQL servers, and the faults that happen to them, for JUnit tests. Not published.
 *
 * <p>{@link io.pgwatch.testsupport.PgServer} is the centre: {@link io.pgwatch.testsupport.SupportedMajors} and
 * {@link io.pgwatch.testsupport.Postgres} hand shared ones to tests, and everything else here does something to one.
 */
@NullMarked
package io.pgwatch.testsupport;

import org.jspecify.annotations.NullMarked;
