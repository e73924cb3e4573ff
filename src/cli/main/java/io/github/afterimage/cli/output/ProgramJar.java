package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.command.ShellWord;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/** The jar that this program runs from, and commands and paths as a user types them in the current folder. */
public final class ProgramJar {
    private static final String NAME = "afterimage.jar";
    /** The launcher names itself by this property. */
    private static final String LAUNCHER = "afterimage.command";

    private ProgramJar() {}

    /** The executable jar; where classes run from the build's target/afterimage-cli/classes, the jar in target. */
    private static Optional<Path> file() {
        CodeSource source = ProgramJar.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            return Optional.empty();
        }
        try {
            Path location = Path.of(source.getLocation().toURI());
            return Optional.of(
                    Files.isDirectory(location)
                            ? location.resolve("../..").normalize().resolve(NAME)
                            : location);
        } catch (URISyntaxException | RuntimeException e) { // not a file: a class loader of another program
            return Optional.empty();
        }
    }

    /** The folder of the jar. */
    public static Optional<Path> folder() {
        return file().map(Path::getParent);
    }

    /** The command that starts the program in the current folder: {@code java -jar target/afterimage.jar}, or a launcher. */
    public static String command() {
        String launcher = System.getProperty(LAUNCHER);
        if (launcher != null) {
            return launcher.contains("/") ? typed(Path.of(launcher)) : launcher;
        }
        return "java -jar " + file().map(ProgramJar::typed).orElse(NAME);
    }

    /** A path as it is typed in a shell: relative to the current folder where it lies below it, quoted where needed. */
    public static String typed(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        Path current = Path.of("").toAbsolutePath();
        String text = (absolute.startsWith(current) ? current.relativize(absolute) : absolute).toString();
        return ShellWord.of(text);
    }
}
