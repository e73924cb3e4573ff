package io.github.afterimage.cli.options;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Names options in messages as the user of a command knows them: {@code maxBody -1: expected ...} of the library becomes {@code
 * --max-body -1: expected ...}, after the file or the variable that has the value.
 */
public final class OptionNames {
    /** A parameter of the library, or an option, with its value. */
    private static final Pattern BEGINNING = Pattern.compile("^(?:--)?([a-z][A-Za-z-]*) (?=[-0-9\"NI].*: expected)");

    private OptionNames() {}

    /** Names the option at the beginning of a message, if the command has it. */
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
}
