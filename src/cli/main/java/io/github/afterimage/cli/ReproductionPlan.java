package io.github.afterimage.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Commands that run one after the other. In the text of a plan, {@code NAME: TITLE} begins a part, the indented lines below it
 * are its command, and lines that begin with # are for people. {@code ${data}} and {@code ${models}} are folders.
 */
record ReproductionPlan(List<Part> parts) {
    private static final Pattern HEAD = Pattern.compile("([A-Za-z0-9.-]+): (.+)");
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(data|models)\\}([^#,'\\s]*)");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\\S+");

    /**
     * A command of a plan.
     *
     * @param name names its files
     * @param command the command with its placeholders, in one line
     */
    record Part(String name, String title, String command) {
        /** Returns the words of the command, with the folders in place of their names. */
        List<String> arguments(Map<String, Path> folders) {
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

        /** Returns a file or folder that the command names and that does not exist. */
        Optional<Path> missing(Map<String, Path> folders) {
            Matcher names = PLACEHOLDER.matcher(command);
            while (names.find()) {
                Path folder = Objects.requireNonNull(folders.get(names.group(1)));
                Path path = folder.resolve(names.group(2).replaceFirst("^/", ""));
                if (!Files.exists(path)) {
                    return Optional.of(path);
                }
            }
            return Optional.empty();
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
                parts.add(new Part(head.group(1), head.group(2), ""));
            } else if (Character.isWhitespace(line.charAt(0)) && !parts.isEmpty()) {
                Part last = parts.remove(parts.size() - 1);
                parts.add(new Part(last.name, last.title, (last.command + " " + line.strip()).strip()));
            } else {
                throw new IllegalArgumentException("line " + (i + 1) + ", \"" + line
                        + "\": expected \"NAME: TITLE\", or an indented command below such a line");
            }
        }
        for (Part part : parts) {
            if (part.command.isEmpty()) {
                throw new IllegalArgumentException(part.name + " has no command: add an indented line below it");
            }
            if (parts.stream().filter(other -> other.name.equals(part.name)).count() > 1) {
                throw new IllegalArgumentException("two parts are named " + part.name + ": give each its own name");
            }
        }
        return new ReproductionPlan(parts);
    }
}
