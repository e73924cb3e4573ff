package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.Copies;
import io.github.afterimage.model.data.ClassNames;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.ReadableImages;
import io.github.afterimage.model.data.ReadableImages.Size;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of the three parts that can be read, with the classes of the memory, and without copies of others. Parts that a
 * folder is divided into, and those of which some are left out, are folders of links: every command takes them.
 *
 * @param data the specifications of the parts
 * @param sizes those of all pictures
 * @param sixths that of each picture of the memory, 0 to 3, if the pictures are divided
 */
record TrialPictures(
        ImageSet memory,
        ImageSet tuning,
        ImageSet test,
        TrialData data,
        List<String> problems,
        Set<Size> sizes,
        Copies copies,
        int[] sixths) {
    private static final List<String> NAMES = List.of("memory", "tuning", "test");

    /** A picture of a part. */
    private record Picture(int part, int row, int label, String name, long content) {}

    /**
     * Reads pictures, and divides those of a folder.
     *
     * @throws IllegalArgumentException if there is only one class
     */
    static TrialPictures read(TrialData data, TrialOptions options, Progress progress) throws IOException {
        List<ReadableImages> parts = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        Set<Size> sizes = new HashSet<>();
        Path folder = options.file("parts").toAbsolutePath().normalize();
        for (String part : data.parts()) {
            if (ImageSets.path(part).toAbsolutePath().normalize().startsWith(folder)) {
                throw new IllegalArgumentException(part + " is of an earlier trial, whose links this one would replace:"
                        + " name another folder with --out");
            }
            ReadableImages found = ReadableImages.of(ImageSets.open(part), progress);
            problems.addAll(found.problems());
            sizes.addAll(found.sizes());
            parts.add(found);
        }
        List<String> names = parts.get(0).images().classNames();
        if (names.size() < 2) {
            throw new IllegalArgumentException(data.name() + " has one class, " + names
                    + ": expected two or more, as sub-folders of pictures, because a single class cannot be mistaken");
        }
        Copies copies = new Copies();
        List<List<Picture>> kept = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        List<Picture> divided = new ArrayList<>();
        for (int part = 0; part < NAMES.size(); part++) {
            (isDivided(data, part) ? divided : kept.get(part)).addAll(pictures(part, parts.get(part)));
        }
        if (data.isDivided()) { // each of them is tested in one of the divisions
            kept.get(0).removeIf(each -> copies.add(each.content, each.name));
        } else {
            kept.get(0).forEach(each -> copies.addOriginal(each.content, each.name));
        }
        divided.sort(Comparator.comparing(Picture::name));
        divided.removeIf(each -> copies.add(each.content, each.name));
        kept.get(1).removeIf(each -> copies.add(each.content, each.name));
        kept.get(2).removeIf(each -> copies.add(each.content, each.name));
        Map<String, Integer> sixths = divide(divided, data.shares(), options, kept);
        List<ImageSet> sets = new ArrayList<>();
        List<String> specifications = new ArrayList<>(data.parts());
        for (int part = 0; part < NAMES.size(); part++) {
            List<Picture> pictures = kept.get(part);
            ImageSet images = parts.get(part).images();
            boolean whole = !isDivided(data, part)
                    && pictures.size() == images.size()
                    && parts.get(part).problems().isEmpty();
            TrialExamples.requireSome(
                    pictures.size(), NAMES.get(part), copies, options.group() != null && isDivided(data, part));
            if (!whole && TrialData.isFolder(data.parts().get(part))) {
                Path links = options.file("parts").resolve(NAMES.get(part));
                link(links, pictures, data.parts(), images.classNames());
                specifications.set(part, "images:" + links);
                images = ImageSets.open(specifications.get(part));
            } else if (!whole) {
                images = images.select(pictures.stream().mapToInt(Picture::row).toArray());
            }
            sets.add(images);
        }
        ImageSet memory = sets.get(0);
        List<String> classes = memory.classNames();
        return new TrialPictures(
                memory,
                sets.get(1).withClasses(classes, classes.size()),
                sets.get(2).withClasses(classes, classes.size()),
                data.with(specifications, division(data, options)),
                problems,
                sizes,
                copies,
                sixths.isEmpty()
                        ? TrialExamples.inOrder(memory.size())
                        : IntStream.range(0, memory.size())
                                .map(row -> sixths.getOrDefault(memory.imageName(row), 0))
                                .toArray());
    }

    private static boolean isDivided(TrialData data, int part) {
        return data.shares().get(part) > 0 && TrialData.isFolder(data.parts().get(part));
    }

    private static List<Picture> pictures(int part, ReadableImages read) {
        List<Picture> pictures = new ArrayList<>();
        for (int row = 0; row < read.images().size(); row++) {
            String name = read.images().imageName(row);
            pictures.add(new Picture(part, row, read.images().label(row), name, read.contents()[row]));
        }
        return pictures;
    }

    /**
     * Divides each class by the hashes of its pictures, so that neither names nor other pictures matter; a group stays together.
     *
     * @return the sixth of each class in which a picture is, by its name
     */
    private static Map<String, Integer> divide(
            List<Picture> pictures, List<Integer> shares, TrialOptions options, List<List<Picture>> parts) {
        Map<Long, List<Picture>> groups = new LinkedHashMap<>();
        pictures.forEach(each -> groups.computeIfAbsent(group(each, options.group()), key -> new ArrayList<>())
                .add(each));
        Map<Integer, List<List<Picture>>> classes = new LinkedHashMap<>();
        groups.entrySet().stream()
                .sorted(Comparator.comparingLong(
                        group -> new SplittableRandom(options.seed() ^ group.getKey()).nextLong()))
                .map(Map.Entry::getValue)
                .forEach(group -> classes.computeIfAbsent(group.get(0).label, label -> new ArrayList<>())
                        .add(group));
        Map<String, Integer> sixths = new HashMap<>();
        double total = shares.stream().mapToInt(share -> share).sum();
        for (List<List<Picture>> ofClass : classes.values()) {
            int all = ofClass.stream().mapToInt(List::size).sum();
            int before = 0;
            for (List<Picture> group : ofClass) {
                double middle = (before + group.size() / 2.0) / all * total;
                int part = middle < shares.get(0) ? 0 : middle < shares.get(0) + shares.get(1) ? 1 : 2;
                parts.get(part).addAll(group);
                group.forEach(each -> sixths.put(each.name, (int) middle));
                before += group.size();
            }
        }
        return sixths;
    }

    private static long group(Picture picture, @Nullable Pattern pattern) {
        if (pattern == null) {
            return picture.content;
        }
        Matcher matcher = pattern.matcher(picture.name);
        if (matcher.groupCount() < 1) {
            throw new IllegalArgumentException("--group " + pattern
                    + " has no parentheses: put them around the part of a name that is the group, as in '(video\\d+)'");
        }
        if (!matcher.find()) {
            throw new IllegalArgumentException("--group " + pattern + " does not match " + picture.name
                    + ": expected a pattern that finds the group of every picture");
        }
        String group = String.valueOf(matcher.group(1));
        return (long) group.hashCode() << Integer.SIZE | group.length();
    }

    private static String division(TrialData data, TrialOptions options) {
        boolean folder = IntStream.range(0, NAMES.size()).anyMatch(part -> isDivided(data, part));
        if (!folder) {
            return data.division();
        }
        return "The pictures of each class are in an order that follows from their pixels and --seed; four sixths of them are the"
                + " memory, one sixth tunes, and one sixth is reported on"
                + (data.isDivided() ? "" : ", in these proportions where you named a part")
                + "; "
                + options.file("parts") + " has links to them.";
    }

    /** Makes a folder of links to pictures, and to the words for their classes, in the place of an earlier one. */
    private static void link(Path links, List<Picture> pictures, List<String> specifications, List<String> classes)
            throws IOException {
        if (Files.exists(links)) {
            try (Stream<Path> all = Files.walk(links)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    if (Files.isSymbolicLink(each) || Files.isDirectory(each)) { // nothing else is the trial's
                        Files.delete(each);
                    }
                }
            }
        }
        for (Picture each : pictures) {
            Path target =
                    ImageSets.path(specifications.get(each.part)).toRealPath().resolve(each.name);
            Path link = links.resolve(each.name);
            Files.createDirectories(link.getParent());
            Files.createSymbolicLink(link, target);
        }
        Path words = ClassNames.words(ImageSets.path(specifications.get(pictures.get(0).part)), classes);
        if (words != null) {
            Files.createSymbolicLink(links.resolve(ClassNames.WORDS), words.toRealPath());
        }
    }
}
