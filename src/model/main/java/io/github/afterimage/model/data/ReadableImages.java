package io.github.afterimage.model.data;

import io.github.afterimage.Progress;
import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The images of a set that can be read; each is decoded once to find out.
 *
 * @param images the set without the others
 * @param problems for each of the others a sentence that names it, in their order
 * @param contents a hash of the size and the pixels of each image that can be read: copies have equal ones
 * @param sizes the widths and heights that occur
 */
public record ReadableImages(ImageSet images, List<String> problems, long[] contents, Set<Size> sizes) {
    private static final int BLOCK = 256;

    /** The size of an image in pixels. */
    public record Size(int width, int height) {}

    /**
     * Tries every image, with all processors.
     *
     * @throws CorruptDataException if no image can be read
     */
    public static ReadableImages of(ImageSet all, Progress progress) throws IOException {
        return of(all, progress, (image, number) -> {});
    }

    /**
     * Tries every image, with all processors.
     *
     * @param reader receives each image that can be read with its number in the set, in several threads and in any order
     * @throws CorruptDataException if no image can be read
     */
    public static ReadableImages of(ImageSet all, Progress progress, ObjIntConsumer<Image> reader) throws IOException {
        @Nullable String[] problems = new String[all.size()];
        long[] contents = new long[all.size()];
        Set<Size> sizes = ConcurrentHashMap.newKeySet();
        for (int first = 0; first < problems.length; first += BLOCK) {
            int end = Math.min(problems.length, first + BLOCK);
            try {
                IntStream.range(first, end)
                        .parallel()
                        .forEach(i -> problems[i] = problem(all, i, contents, sizes, reader));
            } catch (UncheckedIOException e) {
                throw Objects.requireNonNull(e.getCause());
            }
            progress.report(end, problems.length);
        }
        List<String> sentences =
                Arrays.stream(problems).filter(Objects::nonNull).toList();
        if (sentences.isEmpty()) {
            return new ReadableImages(all, sentences, contents, sizes);
        }
        int[] readable =
                IntStream.range(0, all.size()).filter(i -> problems[i] == null).toArray();
        if (readable.length == 0) {
            throw new CorruptDataException(
                    "none of the " + all.size() + " images of " + all.name() + " can be read: " + sentences.get(0));
        }
        return new ReadableImages(
                all.select(readable),
                sentences,
                IntStream.of(readable).mapToLong(i -> contents[i]).toArray(),
                sizes);
    }

    private static @Nullable String problem(
            ImageSet images, int index, long[] contents, Set<Size> sizes, ObjIntConsumer<Image> reader) {
        try {
            Image image = images.image(index);
            contents[index] = image.contentHash();
            sizes.add(new Size(image.width(), image.height()));
            reader.accept(image, index);
            return null;
        } catch (CorruptDataException | FileSystemException e) {
            return String.valueOf(e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
