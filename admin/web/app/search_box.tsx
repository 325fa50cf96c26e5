interface SearchBoxProps {
  /** What is looked for, for those who see and those who do not. */
  label: string;
  /** After the label, where it is to be filled in. */
  ending?: string;
  value: string;
  onSearch(text: string): void;
}

/** Where something is typed that narrows what is shown. `/` puts the focus into the page's first one. */
export function SearchBox({ label, ending = "", value, onSearch }: SearchBoxProps) {
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={label + ending}
      aria-keyshortcuts="/"
      value={value}
      onInput={(event) => onSearch(event.currentTarget.value)}
    />
  );
}
