/** A watch as MBeans, for JConsole, VisualVM and every agent that reads JMX. */
@NullMarked
package io.pgwatch.core.jmx;

import org.jspecify.annotations.NullMarked;
