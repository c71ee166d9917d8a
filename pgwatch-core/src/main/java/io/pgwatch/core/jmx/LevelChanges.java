package io.pgwatch.core.jmx;

import java.time.Clock;
import java.util.concurrent.Executor;

/** How notifications of changed levels are made: of which type, told by whom, dated by which clock. */
record LevelChanges(String type, Executor executor, Clock clock) {}
