/** A photo or clip that was dropped on some page and waits for the page that tries it. */
class Dropped {
  file = $state.raw<File | null>(null);

  take(): File | null {
    const file = this.file;
    this.file = null;
    return file;
  }
}

export const dropped = new Dropped();

export const KINDS = "image/jpeg,image/png,image/webp,video/*";
export const canBeTried = (file: File | undefined): file is File =>
  file !== undefined && (file.type.startsWith("video/") || KINDS.split(",").includes(file.type));
