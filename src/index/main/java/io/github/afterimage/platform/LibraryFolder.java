package io.github.afterimage.platform;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.bytedeco.javacpp.Loader;

/**
 * Chooses the folder to which native libraries are extracted and from which they are loaded. No other user can write to it.
 * JavaCPP's own choice is unsafe if the home is not writable: a folder of known name in the temporary folder, which another
 * user may have created.
 *
 * <p>The folder is {@code .cache/afterimage} in the user's home, which is kept, or else a temporary folder with a random name,
 * which is deleted at exit. The system property {@value #SETTING} names another one.
 */
final class LibraryFolder {
    /** JavaCPP's property, because JavaCPP must extract its own library, OpenBLAS and the CUDA bindings to this folder too. */
    static final String SETTING = "org.bytedeco.javacpp.cachedir";

    private static final String OTHER_SPELLING = "org.bytedeco.javacpp.cacheDir";
    private static final int PERMISSIONS = 0777;
    private static final int OWNER_ONLY = 0700;
    private static final int OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;

    private LibraryFolder() {}

    /**
     * Chooses the folder for the whole process. This must be called before JavaCPP extracts a library.
     *
     * @return the folder. Other users can write to it only if the application chose it, by the property or by an earlier use
     *     of JavaCPP.
     * @throws IOException if no folder is usable; the message gives the reason
     */
    static Path choose() throws IOException {
        String given = System.getProperty(SETTING, System.getProperty(OTHER_SPELLING));
        if (given == null) {
            System.setProperty(SETTING, own().toString());
        } else if (!isUsable(Path.of(given))) {
            // Otherwise, JavaCPP would choose another folder without a message.
            throw new IOException("the folder " + given + " of -D" + SETTING + " cannot be written");
        }
        return Loader.getCacheDir().toPath();
    }

    private static boolean isUsable(Path folder) {
        try {
            return Files.isWritable(Files.createDirectories(folder));
        } catch (IOException e) {
            return false;
        }
    }

    private static Path own() throws IOException {
        Path home = Path.of(System.getProperty("user.home", ""));
        if (home.isAbsolute()) { // Java calls an unknown home "?"
            try {
                return kept(home.resolve(".cache").resolve("afterimage"));
            } catch (IOException e) {
                // A temporary folder replaces it.
            }
        }
        return temporary(home);
    }

    /**
     * Returns the folder, and creates it if it does not exist.
     *
     * @throws IOException if that fails, or if other users can write to the folder or could write to it before
     */
    static Path kept(Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        try {
            createPrivate(folder);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || isUnix(folder) && mode(folder) != OWNER_ONLY) {
                throw e;
            }
        }
        if (!isOfThisUserAlone(folder)) {
            throw new IOException("other users can write to " + folder);
        }
        return folder.toRealPath();
    }

    private static void createPrivate(Path folder) throws IOException {
        if (isUnix(folder)) {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectory(folder);
        }
    }

    private static Path temporary(Path home) throws IOException {
        try {
            Path folder = Files.createTempDirectory("afterimage"); // of mode 0700
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            if (isOfThisUserAlone(folder)) {
                return folder.toRealPath();
            }
        } catch (IOException e) {
            // The exception below replaces this one.
        }
        throw new IOException("a folder that this user alone can write to cannot be made in " + home + " or in "
                + System.getProperty("java.io.tmpdir"));
    }

    private static void delete(Path folder) {
        try {
            Loader.deleteDirectory(folder.toFile());
        } catch (IOException e) {
            // Files that remain do no harm.
        }
    }

    /**
     * Returns true if this user can write to the folder, and if no other user except root can write to it or replace it.
     * Returns true on systems without Unix permissions.
     *
     * @throws IOException if this user cannot write to the folder
     */
    static boolean isOfThisUserAlone(Path folder) throws IOException {
        Path probe = Files.createTempFile(folder, "", ".probe");
        try {
            if (!isUnix(folder)) {
                return true;
            }
            Path real = folder.toRealPath();
            int user = owner(probe);
            if (owner(real) != user || (mode(real) & OTHERS_WRITE) != 0) {
                return false;
            }
            for (Path parent = real.getParent(); parent != null; parent = parent.getParent()) {
                boolean othersMayRename = (mode(parent) & OTHERS_WRITE) != 0 && (mode(parent) & STICKY) == 0;
                if (othersMayRename || owner(parent) != user && owner(parent) != 0) {
                    return false;
                }
            }
            return true;
        } finally {
            Files.delete(probe);
        }
    }

    private static boolean isUnix(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix");
    }

    private static int owner(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static int mode(Path path) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & (PERMISSIONS | STICKY);
    }
}
