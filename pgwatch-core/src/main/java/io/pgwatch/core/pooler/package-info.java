/** What the PgBouncer in front of the server is doing, asked at its admin console. */
@NullMarked
package io.pgwatch.core.pooler;

import org.jspecify.annotations.NullMarked;
