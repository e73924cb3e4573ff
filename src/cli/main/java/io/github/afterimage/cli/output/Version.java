package io.github.afterimage.cli.output;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The release, from the manifest of the jar that this class is in. */
public final class Version implements IVersionProvider {

    /** Such as {@code 0.1.0}; {@code development} where the classes are not in a jar. */
    public static String text() {
        return Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "development");
    }

    @Override
    public String[] getVersion() {
        return new String[] {"afterimage " + text()};
    }
}
