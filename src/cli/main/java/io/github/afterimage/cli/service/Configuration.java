package io.github.afterimage.cli.service;

import io.github.afterimage.cli.output.Usage;
import io.github.afterimage.experiments.command.Failure;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Values for the options that a command line leaves out: of environment variables and, after them, of a file. The option {@code
 * --max-body} of {@code serve} is {@code max-body} in the file and {@code AFTERIMAGE_SERVE_MAX_BODY} in the environment.
 */
public final class Configuration implements IDefaultValueProvider {
    static final String FILE = "--config";

    private static final String DASHES = "--";
    private static final String NOT_OF_A_CALL = "--(config|json|stack-trace|help)";

    private final CommandLine command;
    private final Map<String, Value> values = new HashMap<>();

    /** A value and the place it comes from. */
    private record Value(String text, String place) {}

    private Configuration(CommandLine command) {
        this.command = command;
    }

    /**
     * Gives a command the values of the environment, and of the file that its arguments or the environment name.
     *
     * @throws ParameterException if a name is unknown, set twice or without a value; names it and its place
     */
    public static void apply(CommandLine command, List<String> arguments, Map<String, String> environment) {
        Configuration configuration = new Configuration(command);
        String prefix = "AFTERIMAGE_" + command.getCommandName().toUpperCase(Locale.ROOT) + "_";
        Map<String, Value> variables = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                String option =
                        name.substring(prefix.length()).replace('_', '-').toLowerCase(Locale.ROOT);
                variables.put(DASHES + option, new Value(value, "environment " + name));
            }
        });
        Value named = variables.remove(FILE);
        First line = new First();
        new CommandLine(line).parseArgs(arguments.toArray(String[]::new));
        if (line.help) {
            return; // it is there whatever is wrong
        }
        if (line.file != null || named != null) {
            configuration.read(line.file != null ? line.file : named.text);
        }
        variables.forEach((option, value) -> {
            configuration.values.remove(option); // that of the file
            configuration.put(option, value);
        });
        command.setDefaultValueProvider(configuration);
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

    /** Reads lines of {@link Properties}, one at a time, because these would let the last of two equal names win. */
    private void read(String file) {
        try {
            List<String> lines = Files.readAllLines(Path.of(file));
            for (int i = 0; i < lines.size(); i++) {
                Properties line = new Properties();
                line.load(new StringReader(lines.get(i)));
                String place = "file " + file + ", line " + (i + 1);
                line.forEach((name, value) ->
                        put(DASHES + name, new Value(String.valueOf(value).strip(), place)));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterException(
                    command,
                    FILE + " " + file + " cannot be read: expected lines such as port = 8080; "
                            + Failure.of(e).message(),
                    e);
        }
    }

    private void put(String name, Value value) {
        OptionSpec option = command.getCommandSpec().findOption(name);
        if (option == null || name.matches(NOT_OF_A_CALL)) {
            throw new ParameterException(
                    command,
                    value.place + ": " + Usage.unknown(new UnmatchedArgumentException(command, List.of(name))));
        }
        if (value.text.isEmpty()) { // picocli takes a flag without a value for one that is not set
            throw new ParameterException(
                    command,
                    value.place + ": " + name + " has no value: expected "
                            + (option.arity().max() == 0 ? "true or false" : option.paramLabel()));
        }
        Value former = values.put(name, value);
        if (former != null) {
            throw new ParameterException(
                    command, value.place + ": " + name + " is set again, after " + former.place + ": expected it once");
        }
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        Value value = argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
        return value == null ? null : value.text;
    }

    /** Puts the place of the value of an option before a message about it, unless that is the command line or the default. */
    public static String placed(@Nullable ArgSpec argument, String message) {
        if (!(argument instanceof OptionSpec option)
                || !(option.command().defaultValueProvider() instanceof Configuration configuration)) {
            return message;
        }
        String name = option.longestName();
        Value value = configuration.values.get(name);
        boolean typed = configuration.command.getParseResult().originalArgs().stream()
                .anyMatch(word -> word.equals(name) || word.startsWith(name + "="));
        return value == null || typed ? message : value.place + ": " + message;
    }
}
