package io.github.afterimage.model.data;

import io.github.afterimage.tensors.CorruptDataException;
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
    public static boolean isImage(Path file) {
        return Files.isRegularFile(file)
                && ENDING.matcher(file.getFileName().toString()).find();
    }

    /**
     * The pictures in a folder and in the folders in it, in the order of their paths. Hidden files and folders, whose names
     * begin with a dot, are passed over, and so are files whose names are not those of pictures. Links are followed, except
     * those that lead back to a folder above them.
     *
     * @param folder an existing folder
     * @param unreadable receives the reason for each folder that cannot be read
     * @return the files
     * @throws CorruptDataException if there is none and every folder was read
     * @throws IOException if walking the folders fails otherwise
     */
    public static List<Path> in(Path folder, Consumer<IOException> unreadable) throws IOException {
        Walk walk = new Walk(folder, unreadable);
        Files.walkFileTree(folder, Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, walk);
        if (walk.files.isEmpty() && walk.readable) {
            throw new CorruptDataException(folder + " has no images: expected " + ENDINGS);
        }
        return walk.files.stream().sorted().toList();
    }

    private static final class Walk extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final Consumer<IOException> unreadable;
        private final List<Path> files = new ArrayList<>();
        private boolean readable = true;

        Walk(Path folder, Consumer<IOException> unreadable) {
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
