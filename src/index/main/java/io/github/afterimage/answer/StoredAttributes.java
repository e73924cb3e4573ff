package io.github.afterimage.answer;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of an index. Those that this library reads are checked when an index is built, opened or saved.
 *
 * <p>Immutable and thread-safe.
 */
public record StoredAttributes(Map<String, String> values, List<String> classNames, List<Calibration> calibrations) {
    /** The attribute that holds the names of the classes, one a line. */
    public static final String CLASS_NAMES = "class_names";
    /** The attribute that holds the number of spare classes, which are the last ones. */
    static final String SPARE_CLASSES = "spare_classes";

    /** As much as a folder's name has; it bounds the header of the file, and pages show names whole. */
    private static final int MAX_NAME_BYTES = 255;

    /**
     * Copies the values.
     *
     * @throws IllegalArgumentException if there is a {@link #finding}
     */
    public StoredAttributes(Map<String, String> values, int classes) {
        this(
                Map.copyOf(checked(values, classes)),
                classNames(values, classes),
                IntStream.rangeClosed(0, Calibration.MOST_VIEWS)
                        .mapToObj(views -> Calibration.of(values, classes, views))
                        .toList());
    }

    /** Returns how the index answers with a number of views. */
    public Calibration calibration(int views) {
        Calibration.checkViews(views);
        return calibrations.get(views);
    }

    /** Returns how the index answers with the best number of views. */
    public Calibration calibration() {
        return calibration(Calibration.views(values));
    }

    public int spareClasses() {
        return spareClasses(values);
    }

    private static int spareClasses(Map<String, String> values) {
        return Integer.parseInt(values.getOrDefault(SPARE_CLASSES, "0"));
    }

    /** Returns whether a class is one of the spare ones and has no name of its own yet. */
    public boolean isSpare(int label) {
        int number = Objects.checkIndex(label, classNames.size()) - (classNames.size() - spareClasses());
        return number >= 0 && classNames.get(label).equals(spareName(number));
    }

    /** Returns whether a terminal would do something else than show a text; controls of direction turn the words around it. */
    private static boolean hasControl(String text, String allowed) {
        return text.chars()
                .anyMatch(c -> allowed.indexOf(c) < 0
                        && (Character.isISOControl(c)
                                || c >= '\u202a' && c <= '\u202e'
                                || c >= '\u2066' && c <= '\u2069'));
    }

    /**
     * Returns these attributes with another name of a class.
     *
     * @throws IllegalArgumentException if there is no such class, the name is not allowed, or another class has it
     */
    public StoredAttributes withClassName(int label, String name) {
        if (label < 0 || label >= classNames.size()) {
            throw new IllegalArgumentException("label " + label + " is outside 0.." + (classNames.size() - 1));
        }
        String problem = problem(label, name);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        int other = classNames.indexOf(name);
        if (other >= 0 && other != label) {
            throw new IllegalArgumentException("class " + other + " has the name \"" + name
                    + "\" already: expected another" + " name for class " + label);
        }
        List<String> names = new ArrayList<>(classNames);
        names.set(label, name);
        return withClassNames(names);
    }

    /** Returns why a class cannot have a name, or null. */
    private static @Nullable String problem(int label, String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        String found = name.isBlank()
                ? " is blank"
                : bytes > MAX_NAME_BYTES
                        ? " has " + bytes + " bytes"
                        : hasControl(name, "") ? " has a control character" : null;
        return found == null
                ? null
                : "the name of class " + label + found
                        + ": expected 1 to 255 bytes of UTF-8 without control characters";
    }

    private static @Nullable String problem(List<String> names) {
        Map<String, Integer> labels = new HashMap<>();
        for (int label = 0; label < names.size(); label++) {
            String problem = problem(label, names.get(label));
            Integer other = labels.putIfAbsent(names.get(label), label);
            if (problem != null || other != null) {
                return problem != null
                        ? problem
                        : "classes " + other + " and " + label + " have the name \"" + names.get(label)
                                + "\": expected one that no other class has";
            }
        }
        return null;
    }

    /** Returns these attributes with those names of another list that differ from the names before. */
    public StoredAttributes withNewNames(List<String> before, List<String> now) {
        if (now.equals(before)) {
            return this;
        }
        List<String> names = new ArrayList<>(classNames);
        for (int label = 0; label < names.size(); label++) {
            if (!now.get(label).equals(before.get(label))) {
                names.set(label, now.get(label));
            }
        }
        return withClassNames(names);
    }

    private StoredAttributes withClassNames(List<String> names) {
        Map<String, String> changed = new LinkedHashMap<>(values);
        changed.put(CLASS_NAMES, String.join("\n", names));
        return new StoredAttributes(Map.copyOf(changed), List.copyOf(names), calibrations);
    }

    /** Returns the attributes of an index that gets more spare classes. */
    public static Map<String, String> withMoreSpares(Map<String, String> values, int classes, int count) {
        List<String> names = new ArrayList<>(classNames(values, classes));
        int spares = spareClasses(values);
        for (int number = spares; number < spares + count; number++) {
            names.add(spareName(number));
        }
        Map<String, String> more = new LinkedHashMap<>(values);
        more.put(CLASS_NAMES, String.join("\n", names));
        more.put(SPARE_CLASSES, Integer.toString(spares + count));
        return more;
    }

    private static String spareName(int number) {
        return "spare " + (number + 1);
    }

    /** Returns the names of the classes, or generated ones if the attributes have none. */
    static List<String> classNames(Map<String, String> attributes, int classes) {
        String names = attributes.get(CLASS_NAMES);
        if (names != null) {
            return List.of(names.split("\n", -1));
        }
        return new AbstractList<>() {
            @Override
            public String get(int label) {
                return "class " + Objects.checkIndex(label, classes);
            }

            @Override
            public int size() {
                return classes;
            }
        };
    }

    /** Returns the first error in the attributes of an index of {@code classes} classes, or null. */
    public static @Nullable String finding(Map<String, String> attributes, int classes) {
        String names = attributes.get(CLASS_NAMES);
        int count = names == null ? classes : names.split("\n", -1).length;
        if (count != classes) {
            return CLASS_NAMES + ": " + count + " names, expected one for each of " + classes + " classes";
        }
        String problem = names == null ? null : problem(classNames(attributes, classes));
        if (problem != null) {
            return CLASS_NAMES + ": " + problem;
        }
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            if (hasControl(attribute.getKey(), "") || hasControl(attribute.getValue(), "\t\n")) {
                return shown(attribute.getKey()) + ": has a control character, expected none but tabs and line feeds";
            }
        }
        String spare = attributes.getOrDefault(SPARE_CLASSES, "0");
        if (!spare.matches("[0-9]{1,9}") || Integer.parseInt(spare) >= classes) {
            return SPARE_CLASSES + " \"" + spare + "\", expected a number less than that of all classes, " + classes;
        }
        try {
            int unused = Calibration.views(attributes);
            Optional<Calibration.TunedKeys> unusedKeys = Calibration.tunedKeys(attributes);
            for (int views = 0; views <= Calibration.MOST_VIEWS; views++) {
                Calibration unusedToo = Calibration.of(attributes, classes, views);
            }
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    /** Returns attributes without those of a tuning, which do not fit other keys. */
    public static Map<String, String> untuned(Map<String, String> attributes) {
        Map<String, String> kept = new LinkedHashMap<>(attributes);
        kept.keySet().removeAll(Calibration.ATTRIBUTES);
        return kept;
    }

    /** Returns the names of the attributes that a {@link #finding} is about. */
    public static List<String> named(Collection<String> names, String finding) {
        return names.stream()
                .filter(name -> finding.startsWith(shown(name) + " ") || finding.startsWith(shown(name) + ":"))
                .toList();
    }

    private static String shown(String name) {
        return name.replaceAll("\\P{Print}", "?");
    }

    /**
     * Returns the attributes.
     *
     * @throws IllegalArgumentException if there is a {@link #finding}
     */
    public static Map<String, String> checked(Map<String, String> attributes, int classes) {
        String finding = finding(attributes, classes);
        if (finding != null) {
            throw new IllegalArgumentException("attributes: " + finding);
        }
        return attributes;
    }
}
