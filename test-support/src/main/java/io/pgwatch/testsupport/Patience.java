package io.pgwatch.testsupport;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * What a test waits for, and sets no time of its own for, may take half a minute: ten seconds, Awaitility's own, are too few on a
 * machine that is busy with other things. Found by JUnit as a service.
 */
public final class Patience implements LauncherSessionListener {

    static final Duration TIME = Duration.ofSeconds(30);

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultTimeout(TIME);
    }
}
