package io.github.afterimage.experiments.trial;

import io.github.afterimage.Progress;
import io.github.afterimage.experiments.Copies;
import io.github.afterimage.experiments.relatives.Groups;
import io.github.afterimage.experiments.relatives.Miniature;
import io.github.afterimage.experiments.relatives.RelatedPairs;
import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.model.data.ClassNames;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.ReadableImages;
import io.github.afterimage.model.data.ReadableImages.Size;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
 * @param groups those of all pictures: of the memory, then the tuning, then the test
 * @param related the pictures of named parts that were left out, because a part before has a relative
 * @param miniatures those of all pictures, in the same order as the groups
 * @param plain the names of the pictures that have one colour
 */
record TrialPictures(
        ImageSet memory,
        ImageSet tuning,
        ImageSet test,
        TrialData data,
        List<String> problems,
        Set<Size> sizes,
        Copies copies,
        int[] sixths,
        ExampleGroups groups,
        int related,
        List<Miniature> miniatures,
        List<String> plain) {
    private static final List<String> NAMES = List.of("memory", "tuning", "test");

    /** A picture of a part. */
    private record Picture(int part, int row, int label, String name, long content, Miniature miniature) {}

    /**
     * Reads pictures, and divides those of a folder.
     *
     * @throws CorruptDataException if there is only one class
     */
    static TrialPictures read(TrialData data, TrialOptions options) throws IOException {
        List<ReadableImages> parts = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        Set<Size> sizes = new HashSet<>();
        List<List<Picture>> kept = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        List<Picture> divided = new ArrayList<>();
        Path folder = options.file("parts").toAbsolutePath().normalize();
        Progress progress = options.begin("reading");
        for (int part = 0; part < NAMES.size(); part++) {
            String specification = data.parts().get(part);
            if (ImageSets.path(specification).toAbsolutePath().normalize().startsWith(folder)) {
                throw new IllegalArgumentException(specification
                        + " is of an earlier trial, whose links this one would replace:"
                        + " name another folder with --out");
            }
            ImageSet images = ImageSets.open(specification);
            @Nullable Miniature[] miniatures = new Miniature[images.size()];
            ReadableImages found =
                    ReadableImages.of(images, progress, (image, row) -> miniatures[row] = Miniature.of(image));
            problems.addAll(found.problems());
            sizes.addAll(found.sizes());
            parts.add(found);
            (isDivided(data, part) ? divided : kept.get(part))
                    .addAll(pictures(
                            part,
                            found,
                            Stream.of(miniatures).filter(Objects::nonNull).toList()));
        }
        List<String> names = parts.get(0).images().classNames();
        if (names.size() < 2) {
            throw new CorruptDataException(data.name() + " has one class, " + names
                    + ": expected two or more, as sub-folders of pictures, because a single class cannot be mistaken");
        }
        Copies copies = new Copies();
        if (data.isDivided()) { // each of them is tested in one of the divisions
            kept.get(0).removeIf(each -> copies.add(each.content, each.name));
        } else {
            kept.get(0).forEach(each -> copies.addOriginal(each.content, each.name));
        }
        divided.sort(Comparator.comparing(Picture::name));
        divided.removeIf(each -> copies.add(each.content, each.name));
        kept.get(1).removeIf(each -> copies.add(each.content, each.name));
        kept.get(2).removeIf(each -> copies.add(each.content, each.name));
        List<Picture> all = Stream.of(kept.get(0), divided, kept.get(1), kept.get(2))
                .flatMap(List::stream)
                .toList();
        ExampleGroups groups = groups(all, data, parts, options);
        return divided(all, groups, data, parts, problems, sizes, copies, options);
    }

    /** Finds the pictures that belong together. */
    private static ExampleGroups groups(
            List<Picture> all, TrialData data, List<ReadableImages> parts, TrialOptions options) throws IOException {
        List<String> classes = parts.get(0).images().classNames();
        List<ImageSet> matched = new ArrayList<>();
        for (ReadableImages part : parts) {
            matched.add(part.images().withClasses(classes, classes.size()));
        }
        int[] labels = all.stream()
                .mapToInt(each -> matched.get(each.part).label(each.row))
                .toArray();
        int[] numbers =
                all.stream().mapToInt(each -> data.isDivided() ? 0 : each.part).toArray();
        Map<String, Object> settings = Map.of(
                "pictures",
                        Arrays.hashCode(all.stream().mapToLong(Picture::content).toArray()),
                "names", all.stream().map(Picture::name).toList().hashCode(),
                "labels", Arrays.hashCode(labels),
                "parts", Arrays.hashCode(numbers));
        RelatedPairs related = options.work()
                .part(
                        "relatives",
                        settings,
                        RelatedPairs.class,
                        () -> RelatedPairs.of(
                                all.stream().map(Picture::miniature).toList(),
                                labels,
                                all.stream().map(Picture::name).toList(),
                                numbers,
                                options.threads(),
                                options.begin("relatives")));
        Groups named = new Groups(all.size());
        if (options.group() != null) {
            Map<String, Integer> first = new HashMap<>();
            for (int i = 0; i < all.size(); i++) {
                Integer before = first.putIfAbsent(group(all.get(i), options.group()), i);
                named.join(i, before == null ? i : before);
            }
        }
        return ExampleGroups.ofPictures(related, labels, classes, named, options.group() != null);
    }

    private static boolean isDivided(TrialData data, int part) {
        return data.shares().get(part) > 0 && TrialData.isFolder(data.parts().get(part));
    }

    private static List<Picture> pictures(int part, ReadableImages read, List<Miniature> miniatures) {
        List<Picture> pictures = new ArrayList<>();
        for (int row = 0; row < read.images().size(); row++) {
            String name = read.images().imageName(row);
            int label = read.images().label(row);
            pictures.add(new Picture(part, row, label, name, read.contents()[row], miniatures.get(row)));
        }
        return pictures;
    }

    /**
     * Divides pictures, and leaves those out whose relatives are in a part that comes before and was named.
     *
     * @param all those of the named memory, those of folders to divide, those of the other parts that were named
     */
    private static TrialPictures divided(
            List<Picture> all,
            ExampleGroups groups,
            TrialData data,
            List<ReadableImages> read,
            List<String> problems,
            Set<Size> sizes,
            Copies copies,
            TrialOptions options)
            throws IOException {
        int[] sixths = sixths(all, groups, data, options.seed());
        List<List<Integer>> numbers = IntStream.range(0, NAMES.size())
                .mapToObj(part -> IntStream.range(0, sixths.length)
                        .filter(i -> sixths[i] >= 0 && Math.max(0, sixths[i] - TrialExamples.TUNING + 1) == part)
                        .boxed()
                        .toList())
                .toList();
        List<ImageSet> sets = new ArrayList<>();
        List<String> specifications = new ArrayList<>(data.parts());
        IntStream.Builder rows = IntStream.builder(); // of all parts, in the order of the sets
        for (int part = 0; part < NAMES.size(); part++) {
            String name = NAMES.get(part);
            List<Integer> chosen = numbers.get(part);
            if (chosen.isEmpty() && groups.joined() && !data.isDivided()) {
                throw new IllegalArgumentException("no picture is left for the " + name
                        + ": each is of a scene, or of a --group, of a part before; name parts that share none, or give --data,"
                        + " which is divided so that they do not");
            }
            TrialExamples.requireSome(chosen.size(), name, copies, groups.joined());
            List<Picture> pictures = chosen.stream().map(all::get).toList();
            ImageSet images = read.get(part).images();
            boolean whole = isWhole(pictures, part, read.get(part));
            if (whole || !TrialData.isFolder(data.parts().get(part))) {
                sets.add(whole ? images : joined(pictures, images, read));
                chosen.forEach(rows::add);
                continue;
            }
            Path links = options.file("parts").resolve(name);
            link(links, pictures, data.parts(), images.classNames());
            specifications.set(part, "images:" + links);
            ImageSet linked = ImageSets.open(specifications.get(part));
            sets.add(linked);
            Map<String, Integer> places = new HashMap<>();
            chosen.forEach(number -> places.put(all.get(number).name, number));
            IntStream.range(0, linked.size())
                    .forEach(i -> rows.add(Objects.requireNonNull(places.get(linked.imageName(i)))));
        }
        int[] order = rows.build().toArray();
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
                data.isDivided()
                        ? Arrays.stream(order)
                                .limit(memory.size())
                                .map(i -> sixths[i])
                                .toArray()
                        : TrialExamples.inOrder(memory.size()),
                groups.select(order),
                all.size() - order.length,
                Arrays.stream(order).mapToObj(i -> all.get(i).miniature).toList(),
                all.stream()
                        .filter(each -> each.miniature.isPlain())
                        .map(Picture::name)
                        .toList());
    }

    /** Returns whether pictures are all those of a part that was named or is a range of a file. */
    private static boolean isWhole(List<Picture> pictures, int part, ReadableImages read) {
        return pictures.size() == read.images().size()
                && read.problems().isEmpty()
                && pictures.stream().allMatch(each -> each.part == part);
    }

    /** Returns pictures of files as a set, those of other parts too. */
    private static ImageSet joined(List<Picture> pictures, ImageSet images, List<ReadableImages> read) {
        return new ImageSet(
                images.name(),
                images.classNames(),
                pictures.stream().mapToInt(Picture::label).toArray(),
                i -> pictures.get(i).name,
                i -> read.get(pictures.get(i).part).images().image(pictures.get(i).row));
    }

    /** Returns the sixth of each picture: 0 to 3 are the memory, 4 tunes, 5 is tested; -1 for one that is left out. */
    private static int[] sixths(List<Picture> all, ExampleGroups groups, TrialData data, long seed) {
        long memory = all.stream().filter(each -> each.part == 0).count();
        int[] sixths = new int[all.size()];
        for (int i = 0; i < sixths.length; i++) {
            int part = all.get(i).part;
            sixths[i] = part > 0 ? TrialExamples.TUNING - 1 + part : (int) (i * (long) TrialExamples.TUNING / memory);
        }
        boolean folder = IntStream.range(0, NAMES.size()).anyMatch(part -> isDivided(data, part));
        if (data.isDivided() && !folder) {
            return groups.together(sixths);
        }
        int[] order = all.stream()
                .mapToInt(each -> isDivided(data, each.part) ? 1 : each.part == 0 ? 0 : 1 + each.part)
                .toArray();
        Arrays.setAll(sixths, i -> order[groups.firsts()[i]] < order[i] ? -1 : sixths[i]);
        divide(all, groups.firsts(), data, seed, sixths);
        return sixths;
    }

    /**
     * Divides each class by the hashes of its pictures, so that neither names nor other pictures matter; a group stays together.
     *
     * @param sixths receives the sixth of each picture that is divided, in its class
     */
    private static void divide(List<Picture> all, int[] firsts, TrialData data, long seed, int[] sixths) {
        Map<Integer, List<Integer>> groups = IntStream.range(0, sixths.length)
                .filter(i -> sixths[i] >= 0 && isDivided(data, all.get(i).part))
                .boxed()
                .collect(Collectors.groupingBy(i -> firsts[i], LinkedHashMap::new, Collectors.toList()));
        Map<Integer, List<List<Integer>>> classes = groups.values().stream()
                .sorted(Comparator.comparingLong(group -> new SplittableRandom(seed
                                ^ group.stream()
                                        .mapToLong(i -> all.get(i).content)
                                        .min()
                                        .orElseThrow())
                        .nextLong()))
                .collect(Collectors.groupingBy(
                        group -> all.get(group.get(0)).label, LinkedHashMap::new, Collectors.toList()));
        List<Integer> shares = data.shares();
        double total = shares.stream().mapToInt(share -> share).sum();
        for (List<List<Integer>> ofClass : classes.values()) {
            int size = ofClass.stream().mapToInt(List::size).sum();
            int before = 0;
            for (List<Integer> group : ofClass) {
                double middle = (before + group.size() / 2.0) / size * total;
                int memory = shares.get(0);
                int sixth = middle < memory
                        ? (int) middle
                        : middle < memory + shares.get(1) ? TrialExamples.TUNING : TrialExamples.TEST;
                group.forEach(i -> sixths[i] = sixth);
                before += group.size();
            }
        }
    }

    private static String group(Picture picture, Pattern pattern) {
        Matcher matcher = pattern.matcher(picture.name);
        if (matcher.groupCount() < 1) {
            throw new IllegalArgumentException("--group " + pattern
                    + " has no parentheses: put them around the part of a name that is the group, as in '(video\\d+)'");
        }
        if (!matcher.find()) {
            throw new IllegalArgumentException("--group " + pattern + " does not match " + picture.name
                    + ": expected a pattern that finds the group of every picture");
        }
        return String.valueOf(matcher.group(1));
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
