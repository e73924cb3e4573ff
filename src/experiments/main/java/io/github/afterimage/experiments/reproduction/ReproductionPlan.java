package io.github.afterimage.experiments.reproduction;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Commands that run one after the other. In the text of a plan, {@code NAME: TITLE} begins a part, the indented lines below it
 * are its commands, and lines that begin with # are for people. An indented line that begins with - continues the command above;
 * any other begins a command. {@code ${data}}, {@code ${models}} and {@code ${work}} are folders.
 */
record ReproductionPlan(List<Part> parts) {
    private static final Pattern HEAD = Pattern.compile("([A-Za-z0-9.-]+): (.+)");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(data|models|work)\\}([^#,'\\s]*)");
    private static final String WORK = "work";
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\\S+");

    /**
     * A part of a plan: commands that prepare, and at the end one that measures.
     *
     * @param name names its files
     * @param commands with their placeholders, each in one line
     */
    record Part(String name, String title, List<String> commands) {
        /** Returns the command with the figures. */
        String last() {
            return commands.get(commands.size() - 1);
        }

        /** Returns the commands before it. */
        List<String> preparations() {
            return commands.subList(0, commands.size() - 1);
        }

        /** Returns the words of a command, with the folders in place of their names. */
        static List<String> arguments(String command, Map<String, Path> folders) {
            List<String> arguments = new ArrayList<>();
            Matcher words = WORD.matcher(command);
            while (words.find()) {
                String word = words.group(1) == null ? words.group() : words.group(1);
                for (Map.Entry<String, Path> folder : folders.entrySet()) {
                    word = word.replace(
                            "${" + folder.getKey() + "}", folder.getValue().toString());
                }
                arguments.add(word);
            }
            return arguments;
        }

        /** Returns a file or folder of the user that the commands name and that does not exist. */
        Optional<Path> missing(Map<String, Path> folders) {
            return commands.stream()
                    .flatMap(command -> paths(command, folders, name -> !name.equals(WORK)))
                    .filter(path -> !Files.exists(path))
                    .findFirst();
        }

        /** Returns whether all files in the work folder that a command names exist. */
        static boolean isPrepared(String command, Map<String, Path> folders) {
            return paths(command, folders, WORK::equals).allMatch(Files::exists);
        }

        private static Stream<Path> paths(String command, Map<String, Path> folders, Predicate<String> chosen) {
            return PLACEHOLDER
                    .matcher(command)
                    .results()
                    .filter(name -> chosen.test(name.group(1)))
                    .map(name -> Objects.requireNonNull(folders.get(name.group(1)))
                            .resolve(name.group(2).replaceFirst("^/", "")));
        }
    }

    /**
     * Reads a plan.
     *
     * @throws IllegalArgumentException if a line does not fit; the message begins with its number
     */
    static ReproductionPlan parse(List<String> lines) {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            Matcher head = HEAD.matcher(line);
            if (head.matches()) {
                parts.add(new Part(head.group(1), head.group(2), new ArrayList<>()));
            } else if (Character.isWhitespace(line.charAt(0)) && !parts.isEmpty()) {
                List<String> commands = parts.get(parts.size() - 1).commands;
                boolean continues = line.strip().startsWith("-") && !commands.isEmpty();
                commands.add(continues ? commands.remove(commands.size() - 1) + " " + line.strip() : line.strip());
            } else {
                throw new IllegalArgumentException("line " + (i + 1) + ", \"" + line
                        + "\": expected \"NAME: TITLE\", or an indented command below such a line");
            }
        }
        for (Part part : parts) {
            if (part.commands.isEmpty()) {
                throw new IllegalArgumentException(part.name + " has no command: add an indented line below it");
            }
            if (parts.stream().filter(other -> other.name.equals(part.name)).count() > 1) {
                throw new IllegalArgumentException("two parts are named " + part.name + ": give each its own name");
            }
        }
        return new ReproductionPlan(parts);
    }
}
