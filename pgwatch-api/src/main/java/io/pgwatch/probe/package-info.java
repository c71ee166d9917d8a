/** What a probe is, and what it says: verdicts, findings, remedies and measures. */
@NullMarked
package io.pgwatch.probe;

import org.jspecify.annotations.NullMarked;
