package io.github.afterimage.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds pictures by the names of their files. */
public final class ImageFiles {
    static final String ENDINGS = ".png, .jpg, .jpeg, .bmp, .gif, .tif, .tiff and .webp files";
    /** A regular expression found in the names of the files that {@code images:DIR} reads. */
    public static final String IMAGE_NAME = "(?i)\\.(png|jpg|jpeg|bmp|gif|tif|tiff|webp)$";

    private static final Pattern ENDING = Pattern.compile(IMAGE_NAME);

    private ImageFiles() {}

    /**
     * Tells pictures from other files by the end of the name.
     *
     * @param file any path
     * @return whether it is a file that {@code images:DIR} reads as a picture
     */
    static boolean isImage(Path file) {
        return Files.isRegularFile(file)
                && ENDING.matcher(file.getFileName().toString()).find();
    }

    /**
     * The pictures in a folder and in the folders in it, in the order of their paths. Hidden files and folders, whose names
     * begin with a dot, are passed over, and so are files whose names are not those of pictures; links are followed.
     *
     * @param folder an existing folder
     * @return the files
     * @throws CorruptDataException if there is none
     * @throws IOException if a folder cannot be read
     */
    public static List<Path> in(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
            List<Path> files = paths.filter(path -> !isHidden(folder.relativize(path)))
                    .filter(ImageFiles::isImage)
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new CorruptDataException(folder + " has no images: expected " + ENDINGS);
            }
            return files;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isHidden(Path relative) {
        for (Path name : relative) {
            if (name.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }
}
