package io.github.afterimage.cli.output;

import io.github.afterimage.experiments.report.Words;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.UnmatchedArgumentException;

/** Lays out the help of a command: texts break between words, and examples as a shell takes them, to be copied. */
public final class Usage {
    /** Where descriptions begin; a longer name has a line of its own. */
    private static final int DESCRIPTION_COLUMN = 28;
    /** Where they begin on a narrow terminal, below names. */
    private static final int NARROW_DESCRIPTION_COLUMN = 8;

    private static final int NARROW = 64;
    /** A misspelt option has at most so many wrong letters; two that are exchanged count as two. */
    private static final int EDITS = 2;

    /** Before the second line of a command and those that follow. */
    private static final String CONTINUATION = "    ";

    /** An option that may be left out before its value. */
    public static final String INDEX = "--index";

    private final int columns;

    private Usage(int columns) {
        this.columns = columns;
    }

    /** Lays out the help of a command and of all commands below it. */
    public static void layOut(CommandSpec command, int columns) {
        Usage usage = new Usage(columns);
        UsageMessageSpec message = command.usageMessage();
        message.sortOptions(false);
        Map<String, IHelpSectionRenderer> sections = message.sectionMap();
        sections.put(UsageMessageSpec.SECTION_KEY_HEADER, help -> text(wrapped(List.of(message.header()), columns)));
        sections.put(
                UsageMessageSpec.SECTION_KEY_DESCRIPTION,
                help -> text(wrapped(List.of(message.description()), columns)));
        sections.put(
                UsageMessageSpec.SECTION_KEY_PARAMETER_LIST,
                help -> usage.arguments(help, command.positionalParameters()));
        sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, help -> usage.arguments(help, options(command)));
        sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, usage::commands);
        sections.put(UsageMessageSpec.SECTION_KEY_FOOTER, help -> text(usage.examples(List.of(message.footer()))));
        command.subcommands().values().forEach(each -> layOut(each.getCommandSpec(), columns));
    }

    /** A command, or a group of them, whose help has headings. */
    public interface Headed {
        /** Returns the heading before each of these options or commands. */
        Map<String, String> headings();
    }

    private static Map<String, String> headings(CommandSpec command) {
        return command.userObject() instanceof Headed headed ? headed.headings() : Map.of();
    }

    /** Adds the heading before an option or a command, if there is one. */
    private static void addHeading(List<String> lines, CommandSpec command, String name) {
        String heading = headings(command).get(name);
        if (heading != null) {
            lines.addAll(List.of("", heading + ":"));
        }
    }

    /** Returns picocli's message with what is taken to be meant. */
    public static String unknown(UnmatchedArgumentException problem) {
        List<String> near = problem.getSuggestions();
        if (near.isEmpty()) {
            near = misspelled(
                    problem.getUnmatched().get(0), problem.getCommandLine().getCommandSpec());
        }
        return problem.getMessage() + (near.isEmpty() ? "" : ", did you mean " + String.join(" or ", near) + "?");
    }

    /** Returns the options of which a word is a likely misspelling; picocli knows only those with nearly the same pairs of letters. */
    private static List<String> misspelled(String word, CommandSpec command) {
        String name = word.replaceFirst("=.*", "");
        return !name.startsWith("--")
                ? List.of()
                : command.optionsMap().keySet().stream()
                        .filter(option -> option.startsWith("--") && edits(name, option) <= EDITS)
                        .sorted(Comparator.comparingInt(option -> edits(name, option)))
                        .limit(1)
                        .toList();
    }

    /** Returns the number of letters to add, leave out or replace to make one word of another (Levenshtein). */
    private static int edits(String from, String to) {
        int[] row = IntStream.rangeClosed(0, to.length()).toArray();
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }

    private static List<OptionSpec> options(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !option.hidden())
                .sorted(Comparator.comparingInt(OptionSpec::order))
                .toList();
    }

    private String arguments(Help help, List<? extends ArgSpec> arguments) {
        List<String> lines = new ArrayList<>();
        for (ArgSpec argument : arguments) {
            String label = help.parameterLabelRenderer()
                    .renderParameterLabel(argument, Ansi.OFF, List.of())
                    .plainString();
            String name = label;
            if (argument instanceof OptionSpec option) {
                String names = String.join(", ", option.names());
                addHeading(lines, help.commandSpec(), option.longestName());
                name = (names.startsWith("--") ? " ".repeat("-x, ".length()) : "") + names + label;
            }
            add(lines, marker(argument) + name, description(argument));
        }
        return text(lines);
    }

    private static List<String> description(ArgSpec argument) {
        List<String> texts = new ArrayList<>(List.of(argument.description()));
        if (argument instanceof OptionSpec option && option.longestName().equals(INDEX)) {
            boolean alone = argument.command().positionalParameters().isEmpty();
            texts.set(
                    texts.size() - 1,
                    texts.get(texts.size() - 1) + " INDEX may stand without " + INDEX
                            + (alone ? "." : " if it ends in .safetensors."));
        }
        return texts;
    }

    private static String marker(ArgSpec argument) {
        if (!argument.required()) {
            return "  ";
        }
        return argument.group() != null && argument.group().exclusive() ? "| " : "* ";
    }

    private String commands(Help help) {
        List<String> lines = new ArrayList<>();
        help.subcommands().forEach((name, command) -> {
            addHeading(lines, help.commandSpec(), name);
            add(lines, "  " + name, List.of(command.commandSpec().usageMessage().header()));
        });
        return text(lines);
    }

    private void add(List<String> lines, String name, List<String> description) {
        int begin = columns < NARROW ? NARROW_DESCRIPTION_COLUMN : DESCRIPTION_COLUMN;
        List<String> texts = wrapped(description, columns - begin);
        int next = 0;
        if (name.length() < begin && !texts.isEmpty()) {
            lines.add(name + " ".repeat(begin - name.length()) + texts.get(next++));
        } else {
            lines.add(name);
        }
        for (; next < texts.size(); next++) {
            lines.add(" ".repeat(begin) + texts.get(next));
        }
    }

    /** Commands are indented, and a backslash ends each of their lines but the last. */
    private List<String> examples(List<String> footer) {
        if (footer.stream().allMatch(line -> line.length() <= columns)) {
            return footer;
        }
        List<String> lines = new ArrayList<>();
        for (String text : String.join("\n", footer).replaceAll("\\\\\n *", "").split("\n", -1)) {
            if (!text.startsWith(" ")) {
                lines.addAll(Words.wrap(text, columns));
                continue;
            }
            List<String> parts = Words.wrap(text, columns - CONTINUATION.length() - " \\".length());
            for (int i = 0; i < parts.size(); i++) {
                String end = i + 1 < parts.size() ? " \\" : "";
                lines.add((i == 0 ? "" : CONTINUATION) + parts.get(i) + end);
            }
        }
        return lines;
    }

    private static List<String> wrapped(List<String> texts, int columns) {
        return texts.stream()
                .flatMap(text -> text.replace("%n", "\n").lines()) // as picocli's own help command has them
                .flatMap(line -> Words.wrap(line, columns).stream())
                .toList();
    }

    /** Lays out a text. */
    public static String text(List<String> texts, int columns) {
        return text(wrapped(texts, columns));
    }

    private static String text(List<String> lines) {
        return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    }
}
