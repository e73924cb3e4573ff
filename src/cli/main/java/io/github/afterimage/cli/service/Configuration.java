package io.github.afterimage.cli.service;

import io.github.afterimage.cli.output.Usage;
import io.github.afterimage.experiments.command.Failure;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.PropertiesDefaultProvider;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Values for the options that a command line leaves out: of environment variables and, after them, of a file. The option {@code
 * --max-body} of {@code serve} is {@code max-body} in the file and {@code AFTERIMAGE_SERVE_MAX_BODY} in the environment.
 */
public final class Configuration {
    static final String FILE = "--config";

    private static final String NOT_OF_A_CALL = "config|json|stack-trace|help";

    private final CommandLine command;
    private final Properties values = new Properties();

    private Configuration(CommandLine command) {
        this.command = command;
    }

    /**
     * Gives a command the values of the environment, and of the file that its arguments or the environment name.
     *
     * @throws ParameterException if a name is unknown or without a value; names it and its place, because picocli would ignore it
     */
    public static void apply(CommandLine command, List<String> arguments, Map<String, String> environment) {
        First line = new First();
        new CommandLine(line).parseArgs(arguments.toArray(String[]::new));
        if (line.help) {
            return; // it is there whatever is wrong
        }
        Configuration configuration = new Configuration(command);
        String prefix = "AFTERIMAGE_" + command.getCommandName().toUpperCase(Locale.ROOT) + "_";
        Map<String, String> variables = new TreeMap<>(environment);
        String named = variables.remove(prefix + "CONFIG");
        String file = line.file == null ? named : line.file;
        if (file != null) {
            configuration.read(file);
        }
        variables.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                String option = name.substring(prefix.length()).replace('_', '-');
                configuration.put(option.toLowerCase(Locale.ROOT), value, "environment " + name);
            }
        });
        if (!configuration.values.isEmpty()) {
            command.setDefaultValueProvider(new PropertiesDefaultProvider(configuration.values));
        }
    }

    /** The options that are read before the others. */
    @CommandLine.Command
    private static final class First {
        @CommandLine.Option(names = FILE, arity = "0..1") // whether it has a value is checked later
        private @Nullable String file;

        @CommandLine.Option(names = {"-h", "--help"})
        private boolean help;

        @CommandLine.Unmatched
        @SuppressWarnings("unused") // picocli sets it
        private String @Nullable [] others;
    }

    private void read(String file) {
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file))) {
            lines.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterException(
                    command,
                    FILE + " " + file + " cannot be read: expected lines such as port = 8080; "
                            + Failure.of(e).message(),
                    e);
        }
        new TreeMap<>(lines).forEach((name, value) -> put(name.toString(), value.toString(), "file " + file));
    }

    private void put(String name, String value, String place) {
        String option = "--" + name;
        OptionSpec known = command.getCommandSpec().findOption(option);
        if (known == null || name.matches(NOT_OF_A_CALL)) {
            throw new ParameterException(
                    command, place + ": " + Usage.unknown(new UnmatchedArgumentException(command, List.of(option))));
        }
        if (value.isBlank()) { // picocli takes a flag without a value for one that is not set
            throw new ParameterException(
                    command,
                    place + ": " + option + " has no value: expected "
                            + (known.arity().max() == 0 ? "true or false" : known.paramLabel()));
        }
        values.setProperty(name, value.strip());
    }
}
