package io.github.afterimage.model.data;

import io.github.afterimage.failure.CorruptDataException;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Finds images by the names of their files. */
public final class ImageFiles {
    static final String ENDINGS = ".png, .jpg, .jpeg, .bmp, .gif, .tif, .tiff and .webp files";
    /** A regular expression that finds the extension of an image in a file name. */
    public static final String IMAGE_NAME = "(?i)\\.(png|jpg|jpeg|bmp|gif|tif|tiff|webp)$";

    private static final Pattern ENDING = Pattern.compile(IMAGE_NAME);

    private ImageFiles() {}

    /**
     * Tells whether a file is an image, by the extension of its name.
     *
     * @param file any path
     * @return true if {@code images:DIR} reads the file
     */
    public static boolean isImage(Path file) {
        return Files.isRegularFile(file)
                && ENDING.matcher(file.getFileName().toString()).find();
    }

    /**
     * Finds the images in a folder and its sub-folders. Skips hidden files and folders, whose names begin with a dot, and files
     * that are not images. Follows links, except those that lead to a folder above them.
     *
     * @param folder an existing folder
     * @param unreadable receives the reason for each folder that cannot be read
     * @return the files, in the order of their paths
     * @throws CorruptDataException if there are no images although every folder was read
     * @throws IOException if walking the folders fails otherwise
     */
    public static List<Path> in(Path folder, Consumer<IOException> unreadable) throws IOException {
        ImageVisitor visitor = new ImageVisitor(folder, unreadable);
        Files.walkFileTree(folder, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, visitor);
        if (visitor.files.isEmpty() && visitor.readable) {
            throw new CorruptDataException(folder + " has no images: expected " + ENDINGS);
        }
        return visitor.files.stream().sorted().toList();
    }

    private static final class ImageVisitor extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final Consumer<IOException> unreadable;
        private final List<Path> files = new ArrayList<>();
        private boolean readable = true;

        ImageVisitor(Path folder, Consumer<IOException> unreadable) {
            this.folder = folder;
            this.unreadable = unreadable;
        }

        private boolean isHidden(Path path) {
            return !path.equals(folder) && path.getFileName().toString().startsWith(".");
        }

        @Override
        public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            return isHidden(path) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
            if (!isHidden(path) && isImage(path)) {
                files.add(path);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path path, IOException failure) {
            if (!isHidden(path) && !(failure instanceof FileSystemLoopException)) {
                readable = false;
                unreadable.accept(failure);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
