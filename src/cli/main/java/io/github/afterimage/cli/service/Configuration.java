package io.github.afterimage.cli.service;

import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import java.io.IOException;
import java.io.LineNumberReader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Values for the options that a command line leaves out: of environment variables and, after them, of a file. The option {@code
 * --max-body} of {@code serve} is {@code max-body} in the file and {@code AFTERIMAGE_SERVE_MAX_BODY} in the environment.
 */
public final class Configuration implements IDefaultValueProvider {
    /** Names the file. */
    static final String FILE = "--config";
    /** Options about a call and not about the task; a file cannot have them. */
    private static final Set<String> OF_A_CALL = Set.of(FILE, "--show-config", "--json", "--stack-trace", "--help");

    private static final String DASHES = "--";

    /** A parameter of the library, or an option, with its value, at the beginning of a message. */
    private static final Pattern BEGINNING = Pattern.compile("^(?:--)?([a-z][A-Za-z-]*) (?=[-0-9\"NI].*: expected)");

    private final Map<String, String> environment;
    private @Nullable Map<String, Value> file;
    private boolean variablesAreKnown;

    /** A value and the place it comes from. */
    record Value(String text, String source) {}

    /** Takes the environment of the process. */
    public Configuration() {
        this(System.getenv());
    }

    Configuration(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Returns the options that a file may have, in the order of their names. */
    static List<OptionSpec> options(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !OF_A_CALL.contains(option.longestName()))
                .collect(Collectors.toMap(OptionSpec::longestName, option -> option, (one, other) -> one, TreeMap::new))
                .values()
                .stream()
                .toList();
    }

    /** Returns the name of an option in a file. */
    static String name(OptionSpec option) {
        return option.longestName().substring(DASHES.length());
    }

    private static String variable(CommandSpec command, String option) {
        String name = "AFTERIMAGE_" + command.name() + "_" + option.substring(DASHES.length());
        return name.replace('-', '_').toUpperCase(Locale.ROOT);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || isTyped(option.command().findOption("--help"))) {
            return null; // help is there whatever is wrong
        }
        requireKnownVariables(option.command());
        Value value = of(option).orElse(null);
        if (value != null && value.text.isEmpty()) { // picocli takes a flag without a value for one that is not set
            throw new ParameterException(
                    option.command().commandLine(),
                    value.source + ": " + name(option) + " has no value: expected "
                            + (option.arity().max() == 0 ? "true or false" : option.paramLabel()));
        }
        return value == null ? null : value.text;
    }

    /** Refuses a variable that would be ignored, because a misspelled limit or token is a hole. */
    private void requireKnownVariables(CommandSpec command) {
        if (variablesAreKnown) {
            return;
        }
        Set<String> known = options(command).stream()
                .map(option -> variable(command, option.longestName()))
                .collect(Collectors.toSet());
        known.add(variable(command, FILE));
        String prefix = variable(command, DASHES);
        for (String name : new TreeSet<>(environment.keySet())) {
            if (name.startsWith(prefix) && !known.contains(name)) {
                throw new ParameterException(
                        command.commandLine(),
                        "environment " + name + ": unknown option, did you mean " + nearest(name, known) + "?");
            }
        }
        variablesAreKnown = true;
    }

    /** Returns the place that the value of an option comes from, unless that is the command line or the default. */
    static Optional<String> source(OptionSpec option) {
        return option.command().defaultValueProvider() instanceof Configuration configuration && !isTyped(option)
                ? configuration.of(option).map(Value::source)
                : Optional.empty();
    }

    /** Returns true if the command line has the option; an option with a wrong value counts as one. */
    static boolean isTyped(@Nullable OptionSpec option) {
        return option != null
                && option.command().commandLine().getParseResult().originalArgs().stream()
                        .map(argument -> argument.replaceFirst("=.*", ""))
                        .anyMatch(List.of(option.names())::contains);
    }

    /** Returns true if the command line, the environment or the file has the option. */
    static boolean isGiven(OptionSpec option) {
        return isTyped(option) || source(option).isPresent();
    }

    /** Returns the value of an option that the command line leaves out, if there is one. */
    Optional<Value> of(OptionSpec option) {
        CommandSpec command = option.command();
        String variable = variable(command, option.longestName());
        String text = environment.get(variable);
        if (text != null && (option.longestName().equals(FILE) || !OF_A_CALL.contains(option.longestName()))) {
            return Optional.of(new Value(text, "environment " + variable));
        }
        return OF_A_CALL.contains(option.longestName())
                ? Optional.empty()
                : Optional.ofNullable(file(command).get(option.longestName()));
    }

    /** Defaults are set after the options of the command line, in no order among themselves. */
    private @Nullable Path path(CommandSpec command) {
        Path given = command.findOption(FILE).getValue();
        String variable = environment.get(variable(command, FILE));
        return given == null && variable != null ? Path.of(variable) : given;
    }

    /** Flags of a command line ask for their defaults before its file is known. */
    private Map<String, Value> file(CommandSpec command) {
        Path path = path(command);
        if (path == null) {
            return Map.of();
        }
        if (file == null) {
            file = read(command, path);
        }
        return file;
    }

    /** Reads lines of {@link Properties}, one at a time, because these would let the last of two equal names win. */
    private static Map<String, Value> read(CommandSpec command, Path path) {
        Set<String> known = options(command).stream().map(Configuration::name).collect(Collectors.toSet());
        Map<String, Value> values = new TreeMap<>();
        try (LineNumberReader reader = new LineNumberReader(Files.newBufferedReader(path))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String place = path + ", line " + reader.getLineNumber();
                for (Map.Entry<String, String> entry : properties(line).entrySet()) {
                    String name = entry.getKey();
                    if (!known.contains(name)) {
                        throw new ParameterException(
                                command.commandLine(),
                                place + ": unknown option \"" + name + "\", did you mean " + nearest(name, known)
                                        + "?");
                    }
                    Value former = values.put(DASHES + name, new Value(entry.getValue(), "file " + place));
                    if (former != null) {
                        throw new ParameterException(
                                command.commandLine(),
                                place + ": " + name + " is set again, after " + former.source + ": expected it once");
                    }
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterException(
                    command.commandLine(),
                    FILE + " " + path + " cannot be read: expected lines such as port = 8080; "
                            + Failure.of(e).message(),
                    e);
        }
        return values;
    }

    /** Returns the name and the value in a line; empty for a comment. */
    private static Map<String, String> properties(String line) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(line));
        return properties.stringPropertyNames().stream()
                .collect(Collectors.toMap(
                        name -> name, name -> properties.getProperty(name).strip()));
    }

    private static String nearest(String name, Set<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(option -> distance(name, option)))
                .orElse("");
    }

    /** Returns how many letters must be inserted, deleted or replaced. */
    private static int distance(String one, String other) {
        int[] row = IntStream.rangeClosed(0, other.length()).toArray();
        for (int i = 1; i <= one.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int replaced = corner + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                corner = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j - 1], row[j]));
            }
        }
        return row[other.length()];
    }

    /**
     * Names the option at the beginning of a message as the user of a command knows it: {@code maxBody -1: expected ...} of the
     * library becomes {@code --max-body -1: expected ...}, after the file or the variable that has the value.
     */
    public static String named(CommandSpec command, String message) {
        Matcher beginning = BEGINNING.matcher(message);
        if (!beginning.find()) {
            return message;
        }
        String name = "--" + beginning.group(1).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        OptionSpec option = command.findOption(name);
        return option == null ? message : sourced(option, name + " " + message.substring(beginning.end()));
    }

    /** Puts the file or the variable that has the value of an option before a message about it. */
    public static String sourced(@Nullable ArgSpec argument, String message) {
        Optional<String> source =
                argument instanceof OptionSpec option ? Configuration.source(option) : Optional.empty();
        return source.map(place -> place + ": " + message).orElse(message);
    }

    /** Reports every option of a command with its value and the place it comes from. */
    static void show(CommandSpec command, Report report) {
        Table table = new Table("lll");
        for (OptionSpec option : options(command)) {
            Object present = option.getValue();
            table.row(
                    Text.value("name", name(option)),
                    present == null ? Text.hidden("value", null) : Text.value("value", present.toString()),
                    Text.value(
                            "source",
                            isTyped(option) ? "command line" : source(option).orElse("default")));
        }
        report.list("options", table);
    }
}
